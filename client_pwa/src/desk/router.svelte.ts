/** Where the desk is, kept in the fragment of the address: `#/record/<id>?queue=review`. */
export interface Place {
  page: string;
  id: string;
  query: URLSearchParams;
}

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [page = "", id = ""] = path.split("/");
  return { page: page || "queue", id: decodeURIComponent(id) || (page ? "" : "review"), query: new URLSearchParams(query) };
}

class Router {
  place = $state<Place>(read());

  constructor() {
    addEventListener("hashchange", () => (this.place = read()));
  }
}

export const router = new Router();

/** An address inside the desk. Empty parameters are left out. */
export function hrefTo(page: string, id = "", query: Record<string, string> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== "");
  const tail = kept.length ? `?${new URLSearchParams(kept).toString()}` : "";
  return `#/${page}${id ? `/${encodeURIComponent(id)}` : ""}${tail}`;
}

export function go(href: string): void {
  location.hash = href;
}
