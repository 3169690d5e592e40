"""Outgoing mail and messages: an outbox that is written in the action's own transaction."""
