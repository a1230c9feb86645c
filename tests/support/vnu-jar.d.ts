declare module 'vnu-jar' {
  /** path of the checker's jar */
  const jar: string
  export default jar
}
