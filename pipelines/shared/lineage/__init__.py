"""What produced what is live: read from AWS's APIs alone, each gap told as one."""
