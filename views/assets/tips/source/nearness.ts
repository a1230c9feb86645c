/** Once the page is whole and somebody has come to within a screen of a form in it, or is already sending one. */
export async function someFormIsNear(): Promise<void> {
  const isSending = new Promise<void>(resolve => {
    addEventListener('submit', () => resolve(), { capture: true, once: true })
  })
  await wholePage()
  await Promise.race([isSending, isNear(document.forms)])
}

function wholePage(): Promise<void> {
  return new Promise(resolve => {
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', () => resolve())
    else resolve()
  })
}

function isNear(forms: Iterable<Element>): Promise<void> {
  return new Promise(resolve => {
    const seen = new IntersectionObserver(
      found => {
        if (!found.some(({ isIntersecting }) => isIntersecting)) return
        seen.disconnect()
        resolve()
      },
      { rootMargin: '100%' },
    )
    for (const form of forms) seen.observe(form)
  })
}
