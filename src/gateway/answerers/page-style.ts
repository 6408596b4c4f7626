/** How the page for browsers looks: one style sheet and one picture, both within the page. */

/** SVG; draws in the colour of the text around it. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="40" height="40" aria-hidden="true"><path d="M4 28V14a12 12 0 0 1 24 0v14" fill="none" stroke="#2f6f8f" stroke-width="3" stroke-linecap="round"/><path d="M10 9v19l1.5 2M16 6v22M22 9v19l-1.5 2M5 15h22M5 22h22" fill="none" stroke="#2f6f8f" stroke-width="2.4" stroke-linecap="round"/></svg>`

export const style = `
:root { color-scheme: light dark; --text: #1c2429; --soft: #56646d; --ground: #f5f6f6; --card: #fff; --line: #dde2e5; --code: #eef1f3; --accent: #1f5f80; --on-accent: #fff }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e9ec; --soft: #9fadb6; --ground: #14191c; --card: #1c2327; --line: #323c42; --code: #12171a; --accent: #7fc1e3; --on-accent: #0d1a21 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1rem 3rem; max-width: 54rem; font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--text); background: var(--ground) }
header { display: grid; grid-template-columns: auto 1fr; align-items: center; gap: .5rem .75rem; margin-bottom: 1.5rem }
header p { grid-column: 1 / -1; margin: 0; color: var(--soft) }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere }
h2 { margin: 0 0 .75rem; font-size: 1.125rem }
p { margin: .75rem 0 }
section { margin: 1rem 0; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
section > :last-child { margin-bottom: 0 }
pre { margin: .5rem 0; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--code); border: 1px solid var(--line); border-radius: .25rem; user-select: all }
code { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.button { display: inline-block; padding: .5rem 1rem; border-radius: .25rem; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none }
.button:hover { text-decoration: underline }
dl { margin: 1rem 0 }
dt { margin-top: .5rem; font-size: .875rem; color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
details { border-top: 1px solid var(--line) }
details:last-of-type { border-bottom: 1px solid var(--line); margin-bottom: 0 }
summary { margin-left: 1.125rem; padding: .625rem 0; list-style-position: outside; font-weight: 600; cursor: pointer }
details > p { margin: 0 0 .5rem }
details > :last-child:not(summary) { margin-bottom: 1rem }
`
