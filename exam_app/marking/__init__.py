"""Marks, results, release, regrade, retake (阅卷与成绩)."""
