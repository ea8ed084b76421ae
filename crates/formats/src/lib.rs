//! Bytes in: mail, chat exports and documents become threads.
