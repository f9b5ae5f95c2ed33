"""Where no reader goes with the index: evidence chosen by the search's own scores, fitted weights and rules."""
