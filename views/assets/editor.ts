// The editor of the edit page; the plain text field works without it.
export {}
