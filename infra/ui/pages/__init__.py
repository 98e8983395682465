"""The pages, a module each: what they ask, by the names that their templates use."""
