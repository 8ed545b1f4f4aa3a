"""The layer between the network and the app: it checks requests and sets the headers of answers. No streamlit."""
