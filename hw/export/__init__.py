"""Any executed notebook as one HTML page or a typeset PDF."""
