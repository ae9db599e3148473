"""Whole exams, from roster to credited hours."""
