-- +goose Up

-- Which terms stand in the text of which posting, by its place in the feeds;
-- see service/search. Stored in this order, so that the newest postings with a
-- term are one range. Negative terms are items and periods.
CREATE TABLE search_terms (
    term INTEGER NOT NULL,
    pos  INTEGER NOT NULL,
    PRIMARY KEY (term, pos)
) STRICT, WITHOUT ROWID;

-- What is indexed of a posting, so that its terms can be taken out when its
-- text is gone: its place, and its terms as sorted differences.
CREATE TABLE search_docs (
    posting_id TEXT NOT NULL PRIMARY KEY,
    pos        INTEGER NOT NULL,
    terms      BLOB NOT NULL
) STRICT;

-- What was published before there was an index is followed as if it had just
-- been: the follower looks at what stands.
INSERT INTO outbox (topic, kind, region, subject, actor, at, facts)
SELECT 'search', 'disclosure.published', region, id, 'system', published_at, '{}'
FROM postings WHERE version > 0 ORDER BY serial;

-- +goose Down
DROP TABLE search_docs;
DROP TABLE search_terms;
