"""The pages: ``create_app(config)`` makes the Flask application; nothing is built at import."""

from web.app import create_app as create_app
