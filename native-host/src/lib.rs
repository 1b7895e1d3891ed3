//! Native messaging stdio to the daemon's local socket.
