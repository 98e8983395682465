"""AWS as far as the platform uses it, on one machine: moto and what the loop needs beside it."""
