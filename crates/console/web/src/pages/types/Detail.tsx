// One event type: what it means, its versions, and who wants it.
import { Alert, Anchor, Button, Group, Menu, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconArchive, IconDots, IconFlask, IconTargetArrow } from "@tabler/icons-react";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { tell, useAct, useAsk } from "@/api/ask";
import { useMay } from "@/shell/viewer";
import { Code } from "@/ui/code";
import { Confirm } from "@/ui/confirm";
import { Card, Facts, Page, Table } from "@/ui/layout";
import { prose } from "@/ui/prose";
import { Empty, Gone, Shown } from "@/ui/states";
import { SubscriptionBadge } from "@/ui/status";
import { Time } from "@/ui/time";

import { TypeBadges } from "./Badges";
import { AddVersion, Deprecate, Validation, VALIDATION } from "./Change";
import { Register } from "./List";
import { ArchiveTypeDocument, EventTypePageDocument, LatestOfTypeDocument, type EventTypePageQuery } from "./types.generated";
import { VersionParts } from "./Version";

type Type = NonNullable<EventTypePageQuery["eventType"]>;
type Question = "archive" | "describe" | "version" | "deprecate" | "validation";

export function EventTypeDetail() {
  const { name } = useParams({ from: "/event-types/$name" });
  const asked = useAsk(EventTypePageDocument, { name }, { keep: name });
  return <Shown asked={asked} page="Event type">{({ eventType }) => eventType ? <Body type={eventType} again={asked.again} /> : <Gone what="event type" />}</Shown>;
}

function Body({ type, again }: { type: Type; again: () => void }) {
  const { name } = type;
  const search = useSearch({ from: "/event-types/$name" });
  const navigate = useNavigate({ from: "/event-types/$name" });
  const [question, setQuestion] = useState<Question | null>(null);
  const newest = type.versions.at(-1)?.number;
  const number = Number(search.version) || newest;
  return (
    <Page title={name} heading={<span className="hl-mono" style={{ fontSize: "0.95em" }}>{name}</span>} back={<Anchor component={Link} to="/event-types" size="sm">Event types</Anchor>}
      about={<Stack gap={6}><span>{type.description ? prose(type.description) : "Not described yet."}</span><TypeBadges type={type} /></Stack>} actions={<Actions type={type} ask={setQuestion} />}>
      {type.archived ? <Alert color="gray" variant="light" icon={<IconArchive size={18} />} title="Archived">Events of it are not published any more. Those that were stay as they are.</Alert> : null}
      {newest !== undefined && number !== undefined ? (
        <>
          {type.versions.length > 1 ? (
            <Group gap={10}>
              <SegmentedControl size="xs" aria-label="Version" value={String(number)} onChange={(version) => void navigate({ search: { version: version === String(newest) ? undefined : version }, replace: true })}
                data={[...type.versions].reverse().map((version) => ({ value: String(version.number), label: `Version ${version.number}${version.number === newest ? ", latest" : ""}` }))} />
            </Group>
          ) : null}
          <VersionParts key={number} name={name} number={number} />
        </>
      ) : <Schemaless name={name} />}
      <div className="hl-grid2">
        <Subscribers type={type} />
        <Card title="Facts">
          <Facts of={[
            ["Family", type.family ? <span className="hl-mono">{type.family}.*</span> : "none"],
            ["Versions", type.versions.length === 0 ? "none: its data is whatever it is" : type.versions.map((version) => version.number).join(", ")],
            ["From", type.origin === "PLATFORM" ? "the platform, the same for everybody" : "your own registration"],
            ["Validation", <span>{VALIDATION[type.validation]}</span>],
            ["Deprecated", type.deprecations.length > 0 ? type.deprecations.map((one) => <div key={one.version ?? 0}>{one.version == null ? "the whole type" : `version ${one.version}`}, until <Time at={one.sunset} absolute />. {one.note}</div>) : null],
            ["Registered", <Time at={type.registeredAt} />],
            ["Events", <Link to="/events" search={{ type: name }}>Events of this type</Link>],
          ]} />
        </Card>
      </div>
      {question ? <Ask question={question} type={type} close={() => setQuestion(null)} done={again} /> : null}
    </Page>
  );
}

function Actions({ type, ask }: { type: Type; ask: (question: Question) => void }) {
  const may = useMay("MANAGE");
  const mayPublish = useMay("PUBLISH");
  const own = type.origin === "TENANT";
  return (
    <>
      {may ? (
        <Menu position="bottom-end" width={220}>
          <Menu.Target><Button variant="default" rightSection={<IconDots size={16} />}>Change</Button></Menu.Target>
          <Menu.Dropdown>
            {own ? <Menu.Item onClick={() => ask("describe")}>{type.archived ? "Restore…" : "Describe…"}</Menu.Item> : null}
            {own ? <Menu.Item onClick={() => ask("version")}>Add a version…</Menu.Item> : null}
            <Menu.Item onClick={() => ask("validation")}>Validation…</Menu.Item>
            {own ? <Menu.Item onClick={() => ask("deprecate")}>Deprecate…</Menu.Item> : null}
            {own && !type.archived ? <Menu.Item color="red" onClick={() => ask("archive")}>Archive…</Menu.Item> : null}
          </Menu.Dropdown>
        </Menu>
      ) : null}
      <Button variant="default" leftSection={<IconFlask size={16} />} component={Link} to="/playground" search={{ type: type.name } as never}>Try it</Button>
      {mayPublish && !type.archived ? <Button leftSection={<IconTargetArrow size={16} />} component={Link} to="/publish" search={{ type: type.name } as never}>Publish one</Button> : null}
    </>
  );
}

/** Of a type without versions the latest event is the best example there is. */
function Schemaless({ name }: { name: string }) {
  const latest = useAsk(LatestOfTypeDocument, { type: name }, { keep: name });
  return (
    <Card title="Latest event as an example">
      <Text size="sm" c="dimmed" mb={10}>The type has no schema: whatever JSON is published is its data.</Text>
      <Shown asked={latest} rows={4}>{({ events }) => events.nodes[0] ? <Code text={events.nodes[0].dataText} json label="example" searchable /> : <Text size="sm" c="dimmed">None was published yet.</Text>}</Shown>
    </Card>
  );
}

function Subscribers({ type: { name, subscribers: { nodes, pageInfo } } }: { type: Type }) {
  const by = (patterns: readonly string[]) => patterns.filter((pattern) => {
    const wanted = pattern.split("@")[0] ?? "";
    return wanted === "*" || wanted === name || (wanted.endsWith(".*") && name.startsWith(wanted.slice(0, -1)));
  });
  return (
    <Card title="Who wants it" pad={false}>
      {nodes.length === 0 ? <Empty title="No subscription wants it" /> : (
        <>
          <Table label="Subscriptions that want this type" head={<><th>Subscription</th><th>State</th><th>By</th></>}>
            {nodes.map((subscription) => (
              <tr key={subscription.id}>
                <td><Link className="hl-rowlink" to="/subscriptions/$id" params={{ id: subscription.id }}>{subscription.description || subscription.endpoint}</Link></td>
                <td className="tight"><SubscriptionBadge state={subscription.state} failing={subscription.failingSince != null} /></td>
                <td className="hl-mono">{by(subscription.eventTypes).join(", ")}</td>
              </tr>
            ))}
          </Table>
          {pageInfo.hasNextPage ? <Text size="xs" c="dimmed" p={12}>The newest {nodes.length} are shown.</Text> : null}
        </>
      )}
    </Card>
  );
}

function Ask({ question, type, close, done }: { question: Question; type: Type; close: () => void; done: () => void }) {
  const archive = useAct(ArchiveTypeDocument);
  const props = { type, close, done };
  if (question === "describe") return <Register name={type.name} description={type.description} close={close} done={done} />;
  if (question === "version") return <AddVersion {...props} />;
  if (question === "deprecate") return <Deprecate {...props} />;
  if (question === "validation") return <Validation {...props} />;
  return (
    <Confirm title={`Archive ${type.name}?`} action="Archive" danger close={close} run={async () => {
      const outcome = await archive.act({ input: { name: type.name, expectedVersion: type.version } });
      if (!outcome.ok) return outcome.refusals;
      tell("Archived");
      done();
      return [];
    }}>Events of it are refused from now on. Those that were published stay as they are, and so do subscriptions. It can be restored.</Confirm>
  );
}
