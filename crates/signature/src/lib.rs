//! Signs and verifies Standard Webhooks; a tower layer for receivers.
