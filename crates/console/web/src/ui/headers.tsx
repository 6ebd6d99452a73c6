// Headers as they stand in a request.

export function Headers({ headers, label }: { headers: readonly (readonly [string, string])[]; label: string }) {
  return <pre className="hl-code wrap" tabIndex={0} role="region" aria-label={label}>{headers.map(([name, value], index) => <div key={index}><span className="k">{name}</span>: {value}</div>)}</pre>;
}
