"""What is asked, before any evidence: parsed, resolved against the talk before it, and split."""
