"""The painter of the demo data set: aerial tiles with exact labels."""
