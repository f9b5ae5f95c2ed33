"""What a chat model makes of the evidence: asked, read leniently, held against what it cites."""
