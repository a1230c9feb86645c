import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { seal } from '../../views/assets/tips/seal.js'
import type { Body } from './marked-source.js'
import { type Mark, markedText, textMarks } from './marks.js'
import { multipart } from './tips.js'

const fields = [
  'message',
  'contact',
  'file',
  'content',
  'query',
  'path',
  'words',
  'host',
  'field',
  'origin',
] as const

/** What a source writes, sends and types, all of it marked. */
export function markedTip() {
  const written = Object.fromEntries(fields.map(name => [name, markedText(name)])) as Record<
    (typeof fields)[number],
    string
  >
  const { message, contact, file, content, field } = written
  const lookup = Buffer.from(markedText('lookup').padEnd(32, 'x').slice(0, 32))
  const marks: Mark[] = [
    ...Object.entries(written).flatMap(([name, text]) => textMarks(name, text)),
    ...textMarks('file name', `${file}.txt`),
    // Its hash is what a tip is found by.
    { name: 'lookup id', bytes: lookup, hashed: false },
  ]
  return {
    ...written,
    marks,
    /** The form as a browser without scripts sends it. @param bytes of the file, the mark all over it @param hidden fields before the others */
    form: (bytes = content.length, hidden: Record<string, string> = {}): Body =>
      multipart({ ...hidden, message, contact, [field]: message }, [
        { name: `${file}.txt`, content: Buffer.alloc(bytes, content) },
      ]),
    /** The form as a browser that seals sends it. */
    async sealed(recipients: string[]): Promise<Body> {
      const blob = await seal([{ name: 'message.txt', content: message }], recipients)
      const part = { name: 'message.age', content: Buffer.from(await blob.arrayBuffer()), field: 'sealed' }
      return multipart(
        { ...this.proof, source_key: await identityToRecipient(await generateX25519Identity()) },
        [part],
      )
    },
    proof: { lookup: lookup.toString('base64url') },
  }
}
