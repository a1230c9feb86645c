/**
 * Keeps what is sent before the script has started, and sends it on afterwards: sealed where it could start, or else as the
 * page said that it would be.
 */
export function holdUntil(started: Promise<void>): void {
  const hold = (event: SubmitEvent): void => {
    event.preventDefault()
    event.stopImmediatePropagation()
    const form = event.target as HTMLFormElement
    void started.then(() => form.requestSubmit(event.submitter))
  }
  addEventListener('submit', hold, { capture: true })
  void started.then(() => removeEventListener('submit', hold, { capture: true }))
}
