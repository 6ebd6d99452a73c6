// Headers as they stand in a request.
import { useScrollStop } from "./scroll";

export function Headers({ headers, label }: { headers: readonly (readonly [string, string])[]; label: string }) {
  const place = useScrollStop<HTMLPreElement>();
  return <pre ref={place} className="hl-code wrap" tabIndex={-1} role="region" aria-label={label}>{headers.map(([name, value], index) => <div key={index}><span className="k">{name}</span>: {value}</div>)}</pre>;
}
