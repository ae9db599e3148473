"""The application for a WSGI server."""

from exam_app.application import create_app

application = create_app()
