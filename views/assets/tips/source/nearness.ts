/** Once somebody has come to within a screen of a form, or is already sending one. */
export function someFormIsNear(): Promise<void> {
  return new Promise(resolve => {
    const seen = new IntersectionObserver(
      forms => {
        if (!forms.some(({ isIntersecting }) => isIntersecting)) return
        seen.disconnect()
        resolve()
      },
      { rootMargin: '100%' },
    )
    for (const form of document.forms) seen.observe(form)
    addEventListener('submit', () => resolve(), { capture: true, once: true })
  })
}
