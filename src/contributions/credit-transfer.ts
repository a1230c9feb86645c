/** Who is paid in a SEPA credit transfer. */
export interface Payee {
  bic?: string | undefined
  beneficiary: string
  iban: string
  remittance?: string | undefined
}

// EPC069-12: QR version 13 at error correction level M holds no more bytes.
const MOST_BYTES = 331

/** What the QR code of a SEPA credit transfer says (EPC069-12, version 002, UTF-8), the amount left open. */
export function creditTransfer({ bic = '', beneficiary, iban, remittance = '' }: Payee): string {
  const [amount, purpose, reference] = ['', '', '']
  return ['BCD', '002', '1', 'SCT', bic, beneficiary, iban, amount, purpose, reference, remittance]
    .join('\n')
    .trimEnd()
}

export function fitsQrCode(payee: Payee): boolean {
  return Buffer.byteLength(creditTransfer(payee)) <= MOST_BYTES
}
