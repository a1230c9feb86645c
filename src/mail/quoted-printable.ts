import { encode, wrap } from 'nodemailer/lib/qp'

// Less than RFC 2045's 76: room for the soft break after a piece, and for a letter that is encoded late.
const LINE = 72

/**
 * Text as quoted-printable (RFC 2045, 6.7) that is its own relaxed canonical form (RFC 6376, 3.4.4): no two spaces in a row, none
 * at a line's end. So a signature needs no second look at it. Lines that relays are known to change, “From …” and a dot first,
 * are encoded too.
 */
export function quotedPrintable(text: string): string {
  const lines = text.toWellFormed().replace(/\r\n|\r|\n/g, '\r\n')
  const tight = encode(lines)
    .replace(/\t/g, '=09')
    .replace(/ (?= )/g, '=20')
  return wrap(tight, LINE)
    .replace(/^From /gm, '=46rom ')
    .replace(/^\./gm, '=2E')
}

/** One reader's value, which stands on lines of its own; what needs no encoding costs nothing. */
export function quotedValue(value: string): string {
  return /^[\w@-][\w@.-]{0,70}$/.test(value) ? value : quotedPrintable(value)
}
