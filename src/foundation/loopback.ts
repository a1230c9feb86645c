/** Whether a host's name or address is this machine itself, so that what is said to it goes over no wire (RFC 1122, RFC 4291). */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)
}
