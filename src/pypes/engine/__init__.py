"""What makes things happen: claim, prepare, send at the instant, record, tidy up."""
