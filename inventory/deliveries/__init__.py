"""Reports that are sent by e-mail by themselves, as the register keeps them."""
