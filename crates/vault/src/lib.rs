//! Seals secrets before they are recorded, and opens them to sign.
