/** Something by its name, and what it means for a source. */
export type Meanings = Record<string, string>

/** Every header of a request that the source's door looks at. The rest is dropped before anything sees it. */
export const requestHeaders: Meanings = {
  host: 'Under which of its addresses the site was called.',
  'content-type':
    'Which kind of form comes, and the random boundary between its fields, by which the same form sent twice is known.',
  'content-length': 'How much comes, so that too much is refused before it is sent.',
  'accept-encoding':
    'How your browser can unpack the script below, which is the same for everybody. Of pages nothing is packed.',
  origin: 'Whether a form was sent from a page of this site.',
  'sec-fetch-site': 'Whether a form was sent from a page of this site.',
}

/** Read by the web server itself, to take a request off the line; gone before anything else sees it. */
export const lineHeaders: Meanings = {
  'transfer-encoding': 'That a form comes in pieces.',
  connection: 'Whether the line stays open for the next page.',
  expect: 'Whether your browser waits for leave to send a large form.',
  upgrade: 'Whether another protocol is asked for. It is refused.',
}

/** Read where the operator says that a proxy stands before this server, and believed only from there. */
export const proxyHeaders: Meanings = {
  'x-forwarded-for':
    'From the proxy before this server: your network address as the proxy saw it, used as said above.',
  'x-forwarded-host': 'From the proxy before this server: under which address the site was called.',
  'x-forwarded-proto': 'From the proxy before this server: whether it was called by https.',
}

/** Names of the headers that may pass. */
export function headersNeeded({ trustProxy }: { trustProxy: unknown }): ReadonlySet<string> {
  return new Set([...Object.keys(requestHeaders), ...(trustProxy ? Object.keys(proxyHeaders) : [])])
}

/** What is looked at besides, and where it stays. */
export const address =
  'Your network address, or your proxy’s or Tor’s, as the connection shows it. It is turned into a keyed hash at once, which counts tips and tries in memory for ten minutes at most; then the counts go, and the key, which is random, is overwritten.'

/** Every header of an answer below /tips. */
export const responseHeaders: Meanings = {
  'cache-control': 'Your browser is asked to store nothing.',
  pragma: 'The same for older programs.',
  expires: 'The same for older programs.',
  'content-security-policy':
    'What a page may load and run: its own style, the one script below, and nothing from elsewhere.',
  'content-type': 'What comes: a page, the script, a reply that is still sealed, or work for your browser.',
  'content-length': 'How long it is.',
  'content-encoding': 'How the script is packed, so that it comes sooner.',
  vary: 'That it may come packed in another way to another browser.',
  'cross-origin-opener-policy': 'Other sites get no hold of the window.',
  'cross-origin-resource-policy': 'Other sites cannot use what is here.',
  'permissions-policy': 'Camera, microphone, place and the like are off.',
  'referrer-policy': 'Your browser tells nobody that you came from here.',
  'x-content-type-options': 'A page is nothing but a page.',
  'x-download-options': 'Older browsers do not open what they download.',
  'x-permitted-cross-domain-policies': 'Plug-ins of other sites may not read here.',
  'x-xss-protection': 'Older browsers stop a page that something was slipped into.',
  'x-frame-options': 'No other site can show the page inside its own.',
  'strict-transport-security': 'On https: your browser comes back by https only.',
  'onion-location': 'On https, where there is one: the onion address, for Tor Browser.',
  'clear-site-data':
    'On https, when you leave or erase a tip: your browser throws away what it has of this site.',
  'x-padding': 'Random signs, so that the heads of all answers have the same length.',
  'retry-after': 'After how many seconds another try is worth it.',
  date: 'This server’s time. Every web server tells it.',
  connection: 'Whether the line stays open for the next page.',
  'keep-alive': 'For how long the line stays open.',
  'transfer-encoding': 'That a page comes in pieces.',
}

/**
 * Every line that the source's door may write to the operator's log, as the program's text has it.
 * @see tests/tips/holdings.test.ts, which reads that text
 */
export const logLines: { call: string; says: string }[] = [
  {
    call: "{ type }, 'the tip line failed'",
    says: 'Something broke: the kind of failure, and when. Nothing about who asked or for what.',
  },
  {
    call: 'unknownFolders(strays)',
    says: 'At a start: folders of sealed files that no row knows, by their random numbers.',
  },
  {
    call: 'jumped(before.day, today)',
    says: 'The server’s clock has jumped: from which day to which.',
  },
  {
    call: "'shredding tips whose time is over failed; it is tried again'",
    says: 'Erasing tips whose time is over failed: the kind of failure, and when.',
  },
]
