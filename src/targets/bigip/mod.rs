//! F5 BIG-IP.
