"""What a training run is: recipe, queue, start, status, metrics. Light; never imports torch."""
