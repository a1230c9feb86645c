// Asks before a form that says what it would destroy is sent. Without scripts the server's undo is the safety net.
document.addEventListener('submit', event => {
  const question = (event.submitter as HTMLElement | null)?.dataset.confirm
  if (question && !window.confirm(question)) event.preventDefault()
})

export {}
