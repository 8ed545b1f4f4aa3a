"""What stands between the network and the app: who may ask, and what every answer says. Knows no streamlit."""
