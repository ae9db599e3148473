"""An exam system that keeps teaching and testing apart (培考分离)."""
