import type { Press } from '../support/press.js'

export type WayInput = Parameters<Press['contributions']['replaceWays']>[0][number]

type Kind = WayInput['kind']
type Of<K extends Kind> = Extract<WayInput, { kind: K }>

export const link = (given: Partial<Of<'link'>> = {}): Of<'link'> => ({
  kind: 'link',
  name: 'Liberapay',
  frequency: ['monthly'],
  amounts: [5, 10],
  currency: 'EUR',
  note: 'Cancel whenever you like.',
  url: 'https://liberapay.example.org/courier',
  ...given,
})

// The example of EPC guidance documents: the Belgian Red Cross.
export const bank = (given: Partial<Of<'bank'>> = {}): Of<'bank'> => ({
  kind: 'bank',
  name: 'Bank transfer',
  frequency: ['monthly', 'once'],
  beneficiary: 'Red Cross of Belgium',
  iban: 'BE72 0000 0000 1616',
  bic: 'BPOTBEB1',
  remittance: 'Urgency fund',
  ...given,
})

export const crypto = (given: Partial<Of<'crypto'>> = {}): Of<'crypto'> => ({
  kind: 'crypto',
  name: 'Bitcoin',
  frequency: ['once'],
  coin: 'BTC',
  // the example of BIP 173
  address: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  ...given,
})

export const cheque = (given: Partial<Of<'cheque'>> = {}): Of<'cheque'> => ({
  kind: 'cheque',
  name: 'Cheque by post',
  frequency: ['once'],
  payee: 'The Handpress Courier',
  address: ['1 Galley Lane', 'Exampleton'],
  ...given,
})
