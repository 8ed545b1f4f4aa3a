"""The label formats, one module each. core.labels.formats.base defines their interface."""
