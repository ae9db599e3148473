"""Certificates (合格证书): issue, print, verify, revoke."""
