/** Writing with nothing else on the screen. What lies below cannot be reached by Tab or by a screen reader meanwhile. */
export function fullScreen(box: () => HTMLElement | null, told: (on: boolean) => void) {
  let hidden: HTMLElement[] = []
  const leave = () => {
    for (const element of hidden) element.inert = false
    hidden = []
    document.body.classList.remove('full-screen')
    told(false)
  }
  const enter = (editor: HTMLElement) => {
    for (let node = editor; node !== document.body; node = node.parentElement as HTMLElement)
      hidden.push(...others(node))
    for (const element of hidden) element.inert = true
    document.body.classList.add('full-screen')
    told(true)
  }
  return {
    toggle(): boolean {
      const editor = box()
      const on = document.body.classList.contains('full-screen')
      if (on) leave()
      else if (editor) enter(editor)
      return !on
    },
    /** Answers whether there was something to leave. */
    leave(): boolean {
      const on = document.body.classList.contains('full-screen')
      if (on) leave()
      return on
    },
  }
}

function others(node: HTMLElement): HTMLElement[] {
  return [...(node.parentElement?.children ?? [])].filter(
    (sibling): sibling is HTMLElement => sibling instanceof HTMLElement && sibling !== node && !sibling.inert,
  )
}
