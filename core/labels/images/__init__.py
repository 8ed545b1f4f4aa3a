"""What an image file is: size, orientation, hash, duplicates; and how it is stored."""
