//! OCI distribution client and the image documents it exchanges.
