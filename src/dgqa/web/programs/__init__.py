"""The endpoints for programs: OpenAI's protocol, REST and MCP over one assistant."""
