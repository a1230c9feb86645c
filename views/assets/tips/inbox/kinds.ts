/** What a file is, by how it begins; a name says what its sender wants it to be. */
export interface Kind {
  label: string
  /** set for pictures that a browser draws without running anything */
  picture?: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'
  /** what to think of before it is opened */
  warning?: string
}

const carriesMore =
  'Files of this kind carry names, dates and earlier versions of whoever worked on them, and can call out when they are opened. Open it on a machine that is offline, and do not pass on the original.'

const beginnings: [RegExp, Kind][] = [
  [/^\xff\xd8\xff/, { label: 'JPEG picture', picture: 'image/jpeg' }],
  [/^\x89PNG\r\n/, { label: 'PNG picture', picture: 'image/png' }],
  [/^GIF8[79]a/, { label: 'GIF picture', picture: 'image/gif' }],
  [/^RIFF....WEBP/s, { label: 'WebP picture', picture: 'image/webp' }],
  [/^%PDF-/, { label: 'PDF', warning: carriesMore }],
  [/^\xd0\xcf.\xe0\xa1\xb1/s, { label: 'Office document', warning: carriesMore }],
  [/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!doctype svg|<svg)/is, active('SVG drawing')],
  [/^\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body|script)/is, active('Web page')],
]

const office = /\.(docx?|xlsx?|pptx?|odt|ods|odp|rtf)$/i

/** @param beginning the first bytes, a few hundred at least */
export function kindOf(name: string, beginning: Uint8Array): Kind {
  const text = Array.from(beginning.subarray(0, 512), byte => String.fromCharCode(byte)).join('')
  for (const [pattern, kind] of beginnings) if (pattern.test(text)) return kind
  if (office.test(name)) return { label: 'Office document', warning: carriesMore }
  if (/\.(svgz?|x?html?|mhtml)$/i.test(name)) return active('Web page or drawing')
  if (/\.(heic|heif|tiff?|avif|raw|dng|mp4|mov|m4a|mp3)$/i.test(name))
    return {
      label: 'Picture, film or sound',
      warning: 'It may hold when, where and with which device it was made. This page cannot take that out.',
    }
  if (text.startsWith('PK\x03\x04')) return { label: 'ZIP archive', warning: carriesMore }
  return { label: 'File' }
}

function active(label: string): Kind {
  return {
    label,
    warning: 'It can hold scripts, so it is never shown here. Read it in a text editor, not in a browser.',
  }
}
