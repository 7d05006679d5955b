"""The HTTP API: FastAPI over `ledger.services`. `api.app.create_app` makes it."""
