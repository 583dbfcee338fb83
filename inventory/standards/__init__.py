"""What plans demand, as data: sets of targets, whom they bind, what a person has confirmed."""
