// Made by `npm run codegen` from the API's schema. Do not edit.
/* eslint-disable */
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An instant in UTC as RFC 3339 with six digits, such as `2026-11-23T15:04:05.123456Z`. Offsets are accepted. */
  DateTime: { input: string; output: string; }
  /**
   * Any JSON value.
   *
   * In answers it stands exactly as it was recorded, digits of numbers and order of keys included; what a client's JSON
   * parser makes of a number such as `12345678901234567890.123456789` is its own matter. In arguments, numbers are read
   * with double precision: where that is not enough, give the JSON as a text.
   */
  JSON: { input: unknown; output: unknown; }
  /**
   * A place in the order of everything that was recorded, as digits in a text (it may exceed what a Float holds). Numbers
   * are accepted too.
   *
   * Every mutation answers with the position that it wrote. A query with that as its `minPosition` waits until what it
   * reads has come so far, and so sees the change.
   */
  Position: { input: string; output: string; }
  /**
   * The version of a thing that can be changed: 1 when it is made, more with each change. Mutations take the version that
   * the caller has seen and refuse to change another one.
   */
  Version: { input: number; output: number; }
};

/** What kind of actor it was. */
export type ActorKind =
  /** Somebody with an API key. */
  | 'API_KEY'
  /** Somebody at the machine: the command line. */
  | 'OPERATOR'
  /** The delivery engine. */
  | 'ENGINE'
  /** Hookledger itself. */
  | 'SYSTEM';

/** A version to give to a type of event. */
export type AddEventTypeVersionInput = {
  /** The name of the type. One that is not registered is registered with it. */
  name: Scalars['String']['input'];
  /** The number of the version, one more than the newest; that, if left out. The same version again changes nothing. */
  number?: InputMaybe<Scalars['Int']['input']>;
  /**
   * The schema of the data: JSON Schema 2020-12 as a text, with `examples`. It may refer to itself (`#/$defs/...`) and
   * to shared parts of the platform (`../shared/actor/v1.json`).
   */
  schemaText: Scalars['String']['input'];
  /**
   * What the version promises of the one before, and the mapping up and down, as a text; needed from version 2 on. See
   * `docs/reference/mappings.md`.
   */
  mappingText?: InputMaybe<Scalars['String']['input']>;
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** How long the buckets of a series are. */
export type AnalyticsInterval =
  /** 60 seconds. Kept for 24 hours. */
  | 'MINUTE'
  /** 5 minutes. Kept for 24 hours. */
  | 'FIVE_MINUTES'
  /** 60 minutes. Kept for 31 days. */
  | 'HOUR'
  /** 24 hours, in UTC. Kept for 400 days. */
  | 'DAY';

/** A type of event to allow no more. */
export type ArchiveEventTypeInput = {
  /** Its name. */
  name: Scalars['String']['input'];
  /** Why, at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** How waits follow each other: one of these. */
export type BackoffInput =
  /** Each wait is a multiple of the one before. */
  { exponential: ExponentialInput; delaysMs?: never; }
  |  /** The waits one by one, in milliseconds; each 1 to 604,800,000 (7 days), at most 99 of them. */
  { exponential?: never; delaysMs: Array<Scalars['Int']['input']>; };

/** What a bulk action does to each delivery. */
export type BulkActionKind =
  /** Attempts it again now, with a new budget of attempts: as `retryDelivery`. */
  | 'RETRY'
  /** Attempts it no more, and discards dead letters: as `cancelDelivery`. */
  | 'CANCEL';

/** Whether a bulk action goes on. */
export type BulkActionState =
  /** It does. */
  | 'RUNNING'
  /** It dealt with everything that it was asked for. */
  | 'COMPLETED'
  /** Somebody ended it. What it had done stays done. */
  | 'CANCELLED';

/** A bulk action to end early. */
export type CancelBulkActionInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** Why, in words that people will read: at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
};

/** A delivery to try no more. */
export type CancelDeliveryInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** Why, in words that people will read: at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
};

/** What a version promises of the one before it. */
export type Compatibility =
  /** Data of the version before can be read at this one. */
  | 'BACKWARD'
  /** Data of this version can be read at the one before. */
  | 'FORWARD'
  /** Both. */
  | 'FULL'
  /** Neither. */
  | 'NONE';

/** What a step of a connection was about. */
export type ConnectionStepKind =
  /** Finding the addresses of the host. */
  | 'DNS'
  /** Whether those addresses may be called. */
  | 'ADDRESS'
  /** Opening the connection. */
  | 'TCP'
  /** Agreeing on keys. */
  | 'TLS'
  /** Sending the request. */
  | 'REQUEST'
  /** What came back. */
  | 'RESPONSE';

/** An API key to hand out. */
export type CreateApiKeyInput = {
  /** What people shall call it: 1 to 128 characters. */
  name: Scalars['String']['input'];
  /** What it shall allow: at least one scope, and none that the caller does not have. */
  scopes: Array<Scope>;
  /** When it shall stop being good; never, if left out. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Whose it shall be; the caller's own tenant, if left out. Another one needs the scope `OPERATE`. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};

/** An inbox to make. */
export type CreateInboxInput = {
  /** What people shall call it: at most 128 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** How long it lives, in minutes: 1 to 10,080 (7 days), by default 1,440. */
  lifetimeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** What it answers, one after the other: 1 to 20 responses; 204 for good, if left out. */
  responses?: InputMaybe<Array<InboxResponseInput>>;
};

/** A subscription to make. */
export type CreateSubscriptionInput = {
  /** Where deliveries go: an absolute `https` URL that leads to a public address, at most 2,048 bytes. */
  endpoint: Scalars['String']['input'];
  /** Which types of event are wanted: 1 to 64 of `benchmark.completed` (that type), `benchmark.*` (all below it), `*`. */
  eventTypes: Array<Scalars['String']['input']>;
  /**
   * Which of those events, by what they say; all if left out. A clause such as
   * `{path: "data.status", equals: "failed"}`, or clauses joined by `and`, `or`, `not`; operators are `equals`,
   * `not_equals`, `in`, `not_in`, `contains`, `matches`, `exists`, `gt`, `gte`, `lt`, `lte`.
   */
  filter?: InputMaybe<Scalars['JSON']['input']>;
  /** Headers to add to each request, at most 32. */
  headers?: InputMaybe<Array<HeaderInput>>;
  /** In which form deliveries are sent. */
  format?: DeliveryFormat;
  /** Whether nothing is delivered before the endpoint has agreed: see `verifyEndpoint`. */
  verifyEndpoint?: Scalars['Boolean']['input'];
  /** When failed attempts are followed by others. */
  retryPolicy?: InputMaybe<RetryPolicyInput>;
  /** How hard the endpoint may be pressed. */
  limits?: InputMaybe<LimitsInput>;
  /** What it is for: at most 1,024 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The owner's own labels, at most 32. */
  labels?: InputMaybe<Array<LabelInput>>;
  /** What it signs with; made here, if left out. */
  secret?: InputMaybe<SecretInput>;
  /** Whether it delivers from the start; if not, it waits for `activateSubscription`. */
  active?: Scalars['Boolean']['input'];
};

/** A tenant to make. */
export type CreateTenantInput = {
  /** What people shall call it: 1 to 128 characters. */
  name: Scalars['String']['input'];
};

/** Why a delivery became a dead letter. */
export type DeadLetterReason =
  /** The policy's attempts, or its window, are used up. */
  | 'EXHAUSTED'
  /** The policy calls the status final. */
  | 'FINAL_STATUS'
  /** The endpoint answered 410. */
  | 'ENDPOINT_GONE'
  /** The event cannot be cast to the version that the subscription wants. */
  | 'NOT_CASTABLE';

/** What happened to a delivery. */
export type DeliveryEntryKind =
  /** It was to be made from now on. */
  | 'SCHEDULED'
  /** A request was answered with 2xx. */
  | 'SUCCEEDED'
  /** A request was answered otherwise, or not at all. */
  | 'FAILED'
  /** A request was under way when the process died; what came of it is not known. */
  | 'INTERRUPTED'
  /** It will not be attempted again unless somebody asks. */
  | 'DEAD_LETTERED'
  /** Somebody asked for another attempt. */
  | 'RETRY_REQUESTED'
  /** Somebody asked for no more attempts. */
  | 'CANCELLED';

/** Which deliveries are meant: those that meet all that is given. */
export type DeliveryFilterInput = {
  /** In one of these states; in any, if left out or empty. Dead letters are `[DEAD_LETTERED]`. */
  states?: InputMaybe<Array<DeliveryState>>;
  /** To this subscription. */
  subscriptionId?: InputMaybe<Scalars['ID']['input']>;
  /** Of this event. */
  eventId?: InputMaybe<Scalars['ID']['input']>;
  /** Of events of this type (`benchmark.completed`), or of the types below a family (`benchmark.*`). */
  eventType?: InputMaybe<Scalars['String']['input']>;
  /** Whose last attempt got this kind of answer. */
  statusClass?: InputMaybe<StatusClass>;
  /** Whose last attempt got this very status. */
  lastStatus?: InputMaybe<Scalars['Int']['input']>;
  /** Whose last attempt got no response for this reason, such as `connect_refused`. */
  errorClass?: InputMaybe<Scalars['String']['input']>;
  /** That became dead letters for this reason. */
  deadLetterReason?: InputMaybe<DeadLetterReason>;
  /** Of events that were accepted at this instant or later. */
  acceptedFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** Of events that were accepted before this instant. */
  acceptedBefore?: InputMaybe<Scalars['DateTime']['input']>;
};

/** In which form deliveries are sent. The signature covers the body in each of them. */
export type DeliveryFormat =
  /** The payload that Standard Webhooks recommends. */
  | 'STANDARD_WEBHOOKS'
  /** CloudEvents 1.0, structured: attributes and data in one JSON object. */
  | 'CLOUDEVENTS_STRUCTURED'
  /** CloudEvents 1.0, binary: attributes as `ce-` headers, which no signature covers, and the data as the body. */
  | 'CLOUDEVENTS_BINARY';

/** What a delivery is waiting for, if anything. */
export type DeliveryState =
  /** Its first attempt. */
  | 'WAITING'
  /** Another attempt. */
  | 'RETRYING'
  /** Nothing: the endpoint has it. */
  | 'DELIVERED'
  /** Nothing: no attempt is left, unless somebody asks for one. */
  | 'DEAD_LETTERED'
  /** Nothing: somebody asked for no more attempts, or discarded it as a dead letter, or its subscription was deleted. */
  | 'CANCELLED';

/** What should not be used any more. */
export type DeprecateEventTypeInput = {
  /** The name of the type. */
  name: Scalars['String']['input'];
  /** Which version of it; the whole type, if left out. */
  number?: InputMaybe<Scalars['Int']['input']>;
  /** Until when it is meant to be used. */
  sunset: Scalars['DateTime']['input'];
  /** Why, and what to use instead, at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** Which events a list shows: those that meet all that is given. */
export type EventFilterInput = {
  /** Of this type (`benchmark.completed`), or of the types below a family (`benchmark.*`). */
  type?: InputMaybe<Scalars['String']['input']>;
  /** From here. */
  source?: InputMaybe<Scalars['String']['input']>;
  /** Called this by the publisher. */
  publisherId?: InputMaybe<Scalars['String']['input']>;
  /** Accepted at this instant or later. */
  acceptedFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** Accepted before this instant. */
  acceptedBefore?: InputMaybe<Scalars['DateTime']['input']>;
};

/** An event to publish. */
export type EventInput = {
  /** What kind of fact it is. Must be registered, see `registerEventType`. */
  type: Scalars['String']['input'];
  /** The version of the type's data, from 1. */
  version?: Scalars['Int']['input'];
  /**
   * Where it happened: a URI reference such as `/clusters/eu-1`, at most 256 visible ASCII characters; `/` if left
   * out.
   */
  source?: InputMaybe<Scalars['String']['input']>;
  /** When it happened; when it is accepted, if left out. */
  time?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * What the publisher calls it, unique within the source: published again, it is recognised. At most 256 visible
   * ASCII characters.
   */
  id?: InputMaybe<Scalars['String']['input']>;
  /** The fact itself: any JSON value, as a text. It reaches receivers byte for byte. */
  dataText: Scalars['String']['input'];
  /** What the publisher says about it besides: a JSON object, as a text. */
  metadataText?: InputMaybe<Scalars['String']['input']>;
};

/** Whose versions an event type has. */
export type EventTypeOrigin =
  /** Those that the tenant registered. */
  | 'TENANT'
  /** Those of the platform. */
  | 'PLATFORM';

/** Waits that grow. */
export type ExponentialInput = {
  /** The wait before the second attempt, in milliseconds. */
  baseMs: Scalars['Int']['input'];
  /** What each wait is multiplied with, in percent: 200 doubles. */
  factorPercent: Scalars['Int']['input'];
  /** The longest wait, in milliseconds, at most 604,800,000 (7 days). */
  capMs: Scalars['Int']['input'];
};

/** How headers change. Their values cannot be read back, so single ones can be changed beside the others. */
export type HeaderChangesInput = {
  /** These and no others. Not together with `set` and `remove`. */
  replace?: InputMaybe<Array<HeaderInput>>;
  /** Add these, or give them new values. */
  set?: InputMaybe<Array<HeaderInput>>;
  /** Remove those with these names. */
  remove?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A header to add to each request. */
export type HeaderInput = {
  /** Its name: letters, digits, `-` and `_`, at most 64; not one that Hookledger or HTTP itself sets. */
  name: Scalars['String']['input'];
  /** Its value: visible ASCII, at most 1,024 characters. It is encrypted and cannot be read back. */
  value: Scalars['String']['input'];
};

/** A header that an inbox answers with. */
export type InboxHeaderInput = {
  /** Its name; not one that HTTP itself sets. */
  name: Scalars['String']['input'];
  /** Its value: visible ASCII, at most 1,024 characters. */
  value: Scalars['String']['input'];
};

/** Which inbox is meant. */
export type InboxInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
};

/** What an inbox answers. `[{status: 503, times: 2}, {status: 200}]` fails twice and is well from then on. */
export type InboxResponseInput = {
  /** The status: 200 to 599. */
  status?: Scalars['Int']['input'];
  /** How often, before the next one follows: 1 to 1,000. The last one stays. */
  times?: Scalars['Int']['input'];
  /** How long it takes to answer, in milliseconds: at most 30,000. */
  delayMs?: Scalars['Int']['input'];
  /** Headers, at most 20. */
  headers?: InputMaybe<Array<InboxHeaderInput>>;
  /** The body, at most 16 KiB. */
  body?: InputMaybe<Scalars['String']['input']>;
};

/** A label that the owner gives to a thing. */
export type LabelInput = {
  /** What it is called: 1 to 64 characters. */
  key: Scalars['String']['input'];
  /** What it says: at most 512 characters. */
  value: Scalars['String']['input'];
};

/** How hard an endpoint may be pressed. What is left out takes its default, not its present value. */
export type LimitsInput = {
  /** How many attempts may be under way at once: 1 to 1,000, by default 64. */
  concurrency?: InputMaybe<Scalars['Int']['input']>;
  /** How many attempts may start in a second: 1 to 100,000; as many as may be, if left out. */
  ratePerSecond?: InputMaybe<Scalars['Int']['input']>;
  /**
   * How long an attempt may take from its start to the end of the response, in milliseconds: 100 to 60,000, by
   * default 15,000.
   */
  timeoutMs?: InputMaybe<Scalars['Int']['input']>;
};

/** What decided whether an event matched. */
export type MatchVerdict =
  /** It matched: there is a delivery. */
  | 'MATCHED'
  /** The subscription did not exist yet. */
  | 'NOT_YET_CREATED'
  /** The subscription was disabled. */
  | 'DISABLED'
  /** The subscription had been deleted. */
  | 'DELETED'
  /** The subscription did not want events of this type. */
  | 'TYPE_NOT_WANTED'
  /** The filter did not accept what the event says. */
  | 'FILTERED';

/** Why a signature cannot be made again. */
export type MissingSignatureReason =
  /** The secret was revoked. */
  | 'REVOKED'
  /** The secret cannot be opened: the key that sealed it is gone. */
  | 'UNREADABLE';

/** Events to publish: all of them or none. */
export type PublishEventsInput = {
  /** The events, at most 1,000. They are delivered in this order where order is kept. */
  events: Array<EventInput>;
  /**
   * Names this call, so that making it again with the same events records nothing more: 1 to 200 visible ASCII
   * characters. An event with an `id` of its own is recognised by that instead.
   */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** At which version a record is shown. */
export type RecordVersion =
  /** As it is stored. */
  | 'STORED'
  /** As it is read today. */
  | 'LATEST';

/** A type of event to allow. */
export type RegisterEventTypeInput = {
  /**
   * What events of it say as their `type`: lower-case segments joined by dots, such as `benchmark.completed`; at
   * most 128 characters.
   */
  name: Scalars['String']['input'];
  /** What it means, at most 1,024 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
};

/** A tenant whose calls shall be served again. */
export type ReinstateTenantInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** A tenant to call something else. */
export type RenameTenantInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** What people shall call it: 1 to 128 characters. */
  name: Scalars['String']['input'];
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** Deliveries to try again. */
export type RetryDeliveriesInput = {
  /** Which deliveries. See `retryPreview` for how many that are. */
  filter: DeliveryFilterInput;
  /** How many to look at in this call: 1 to 1,000, by default 100. */
  limit?: InputMaybe<Scalars['Int']['input']>;
  /** Where to go on: `next` of the call before. */
  after?: InputMaybe<Scalars['ID']['input']>;
};

/** A delivery to try again. */
export type RetryDeliveryInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
};

/** When a failed attempt is followed by another. What is left out takes its default, not its present value. */
export type RetryPolicyInput = {
  /** How long to wait before each attempt after the first; by default 5 s, then 4 times as long each time, at most 6 h. */
  backoff?: InputMaybe<BackoffInput>;
  /**
   * How many attempts there are in all, the first included: 1 to 100, by default 11. A list of delays has as many
   * attempts as delays and one, or fewer if this says so.
   */
  attemptsMax?: InputMaybe<Scalars['Int']['input']>;
  /** No retry is planned later than this after the event was accepted, in seconds: up to 30 days, by default 3 days. */
  windowSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** How much chance adds to each wait at most, in percent of it: 0 to 100, by default 10. It never shortens one. */
  jitterPercent?: InputMaybe<Scalars['Int']['input']>;
  /** Statuses (300 to 599, at most 50) that no retry can change: such a delivery becomes a dead letter at once. */
  finalStatuses?: InputMaybe<Array<Scalars['Int']['input']>>;
};

/** An API key to take back. */
export type RevokeApiKeyInput = {
  /** Its id; not the key. */
  id: Scalars['ID']['input'];
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** An old secret to sign with no more. */
export type RevokeSecretInput = {
  /** The subscription's id. */
  id: Scalars['ID']['input'];
  /** The version of the subscription that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
  /** The secret's id; one that was replaced and still signs along. */
  secretId: Scalars['ID']['input'];
};

/** A secret to replace by a new one. */
export type RotateSecretInput = {
  /** The subscription's id. */
  id: Scalars['ID']['input'];
  /** The version of the subscription that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
  /** The new secret; made here, if left out. */
  secret?: InputMaybe<SecretInput>;
  /**
   * How long the present secret signs along, so that receivers have time to change: 0 to 604,800 (7 days), by
   * default 24 hours.
   */
  overlapSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** An event that nobody published. */
export type SampleEventInput = {
  /** What kind of fact it would be, such as `benchmark.completed`. It need not be registered. */
  type: Scalars['String']['input'];
  /** The version of the type's data, from 1. */
  version?: Scalars['Int']['input'];
  /** Where it would have happened: a URI reference, at most 256 visible ASCII characters; `/` if left out. */
  source?: InputMaybe<Scalars['String']['input']>;
  /** The fact itself: any JSON value, as a text. It reaches the receiver byte for byte. */
  dataText: Scalars['String']['input'];
  /** What its publisher would say about it besides: a JSON object, as a text. */
  metadataText?: InputMaybe<Scalars['String']['input']>;
};

/** How deliveries are signed. */
export type Scheme =
  /** HMAC-SHA256: `v1` of Standard Webhooks. */
  | 'HMAC_SHA256'
  /** HMAC-SHA512, in a header of its own; there is no `v1` then, which other verifiers look for. */
  | 'HMAC_SHA512'
  /** ed25519: `v1a` of Standard Webhooks. */
  | 'ED25519';

/** What a key allows. */
export type Scope =
  /** Publish events. */
  | 'PUBLISH'
  /** Change subscriptions, event types and API keys of the own tenant. */
  | 'MANAGE'
  /** Read everything of the own tenant. */
  | 'READ'
  /** Read the audit trail. */
  | 'AUDIT'
  /** Run the system: tenants, rebuilds, metrics. */
  | 'OPERATE';

/** A secret to sign with. */
export type SecretInput = {
  /** How to sign; if left out as the own secret says, else as before, else HMAC-SHA256. */
  scheme?: InputMaybe<Scheme>;
  /** The owner's own secret: `whsec_` and 24 to 64 bytes in base64, or for ed25519 `whsk_`. One is made if left out. */
  own?: InputMaybe<Scalars['String']['input']>;
};

/** How the data of events of a type is to be validated. */
export type SetEventTypeValidationInput = {
  /** The name of the type; may be one of the platform. */
  name: Scalars['String']['input'];
  /** How. */
  validation: ValidationMode;
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** Whether a signature is good. */
export type SignatureVerdict =
  /** It is. */
  | 'VALID'
  /** It is not. */
  | 'INVALID'
  /** There is none. */
  | 'UNSIGNED'
  /** Nobody here knows who would have signed it: `webhook-id` names no delivery and no test of the tenant. */
  | 'NO_SUBSCRIPTION';

/** Something to do to many deliveries. */
export type StartBulkActionInput = {
  /** What to do to each. */
  kind: BulkActionKind;
  /** Which deliveries; dead letters, if it says nothing of states. */
  filter: DeliveryFilterInput;
  /** Why, in words that people will read: at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
  /** How many to look at, at most: 1 to 1,000,000, which is also the default. */
  deliveriesMax?: InputMaybe<Scalars['Int']['input']>;
};

/** Why a subscription is paused or disabled. */
export type StateCause =
  /** Somebody asked for it. */
  | 'REQUESTED'
  /** It was made inactive and nobody activated it. */
  | 'NOT_ACTIVATED'
  /** The endpoint answered 410 Gone. */
  | 'ENDPOINT_GONE'
  /** Attempts kept failing. */
  | 'FAILING';

/** What kind of answer an attempt got. */
export type StatusClass =
  /** 2xx. */
  | 'SUCCESS'
  /** 3xx, which is never followed. */
  | 'REDIRECT'
  /** 4xx. */
  | 'CLIENT_ERROR'
  /** 5xx. */
  | 'SERVER_ERROR'
  /** None at all. */
  | 'NO_RESPONSE'
  /** There was no attempt. */
  | 'NO_ATTEMPT';

/** Which subscriptions a list shows: those that meet all that is given. */
export type SubscriptionFilterInput = {
  /** In one of these states; in any but `DELETED`, if left out or empty. */
  states?: InputMaybe<Array<SubscriptionState>>;
  /** With this text in endpoint or description, whichever way it is capitalised. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** That want events of this type. */
  eventType?: InputMaybe<Scalars['String']['input']>;
};

/** Which subscription is meant. */
export type SubscriptionInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** Which subscription is meant, and why. */
export type SubscriptionNoteInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
  /** Why, in words that people will read: at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
};

/** Whether a subscription delivers. */
export type SubscriptionState =
  /** It takes events and delivers them. */
  | 'ACTIVE'
  /** It takes events and holds them back until it is resumed. */
  | 'PAUSED'
  /** It takes no events and holds back what it has until it is activated. */
  | 'DISABLED'
  /** It is gone. Shown because its deliveries still are. */
  | 'DELETED';

/** A tenant whose calls shall be refused. */
export type SuspendTenantInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** Why, in words that operators will read: at most 1,024 characters. */
  note?: InputMaybe<Scalars['String']['input']>;
  /** The version that the caller has seen; without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
};

/** A sample, and whom it is for. */
export type TestInput = {
  /** The sample. */
  event: SampleEventInput;
  /** Whom it is for. */
  target: TestTargetInput;
};

/** Whom a sample is for. */
export type TestTargetInput =
  /** A subscription as it is now. */
  { subscriptionId: Scalars['ID']['input']; draft?: never; }
  |  /** A subscription that could be made. It is not. */
  { subscriptionId?: never; draft: CreateSubscriptionInput; };

/** Why an attempt was made. */
export type Trigger =
  /** It was due. */
  | 'SCHEDULE'
  /** Somebody asked for it. */
  | 'MANUAL'
  /** Somebody wanted to see what comes back: no delivery, and counted nowhere. */
  | 'TEST';

/** Why a subscription needs a look. */
export type UnhealthyReason =
  /** It was disabled because attempts kept failing. */
  | 'DISABLED_BY_FAILURES'
  /** It was disabled because the endpoint answered 410 Gone. */
  | 'ENDPOINT_GONE'
  /** Nearly all attempts have been failing for a while. */
  | 'FAILING'
  /** The last attempt failed. */
  | 'LAST_ATTEMPT_FAILED';

/** Changes of an inbox. What is left out stays as it is. */
export type UpdateInboxInput = {
  /** Its id. */
  id: Scalars['ID']['input'];
  /** What people shall call it: at most 128 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** How long it lives from now on, in minutes: 1 to 10,080 (7 days). */
  lifetimeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** What it answers from the next request on, beginning with the first of them. */
  responses?: InputMaybe<Array<InboxResponseInput>>;
};

/** Changes of a subscription: all of them or none. What is left out stays as it is. */
export type UpdateSubscriptionInput = {
  /** Which subscription. */
  id: Scalars['ID']['input'];
  /** The version that the caller has seen: refused as `stale` if it is at another one. Without it, whatever it is at. */
  expectedVersion?: InputMaybe<Scalars['Version']['input']>;
  /** Where deliveries go, as in `createSubscription`. What already waits goes there too. */
  endpoint?: InputMaybe<Scalars['String']['input']>;
  /** Which types of event are wanted, as in `createSubscription`; these and no others. */
  eventTypes?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Which of those events, as in `createSubscription`; `null` for all. */
  filter?: InputMaybe<Scalars['JSON']['input']>;
  /** How the added headers change. */
  headers?: InputMaybe<HeaderChangesInput>;
  /** In which form deliveries are sent; what waits is sent so, too. */
  format?: InputMaybe<DeliveryFormat>;
  /** Whether nothing is delivered before the endpoint has agreed: see `verifyEndpoint`. */
  verifyEndpoint?: InputMaybe<Scalars['Boolean']['input']>;
  /** When failed attempts are followed by others. */
  retryPolicy?: InputMaybe<RetryPolicyInput>;
  /** How hard the endpoint may be pressed. */
  limits?: InputMaybe<LimitsInput>;
  /** What it is for: at most 1,024 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The owner's own labels, these and no others: at most 32. */
  labels?: InputMaybe<Array<LabelInput>>;
};

/** How the data of events is validated when they are published. */
export type ValidationMode =
  /** Not at all. */
  | 'OFF'
  /** What is wrong is told and recorded with the event, which is accepted. */
  | 'WARN'
  /** What is wrong is told, and nothing of the call is accepted. */
  | 'ENFORCE';

/** What an endpoint answered when it was asked whether it agrees to deliveries. */
export type VerificationState =
  /** It was not asked, or the endpoint is another one since. */
  | 'UNASKED'
  /** It agreed. */
  | 'AGREED'
  /** It did not. */
  | 'REFUSED';
