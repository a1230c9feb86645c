const every = 20_000

/** Tells the server that this page is open, and the writer who else has it open. */
export function keepPresence(form: HTMLFormElement): { show(others: { name: string }[]): void } {
  const box = document.getElementById('others')
  const show = (others: { name: string }[]) => {
    const names = others.map(({ name }) => name)
    const sentence = names.length
      ? `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} this article open too. Whoever saves second is shown both texts.`
      : ''
    if (!box || box.textContent?.trim() === sentence) return
    const notice = document.createElement('p')
    notice.className = 'notice'
    notice.textContent = sentence
    box.replaceChildren(...(sentence ? [notice] : []))
  }
  const beat = async () => {
    const answer = await fetch(`${form.action}/presence`, {
      method: 'POST',
      headers: { accept: 'application/json', 'x-csrf-token': form.dataset.csrf ?? '' },
      redirect: 'manual',
    }).catch(() => undefined)
    if (answer?.status === 200) show((await answer.json()).others ?? [])
  }
  setInterval(() => void beat(), every)
  return { show }
}
