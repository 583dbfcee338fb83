"""Equipment standards (配备标准) and the shortage list (缺口) that follows from them."""
