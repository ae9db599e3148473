"""The application for a WSGI server, named from the checkout."""

from exam_app.wsgi import application

__all__ = ["application"]
