"""What the gate stands on: logins that end, whose page a request comes from, counts of requests, and connections that are not held."""
