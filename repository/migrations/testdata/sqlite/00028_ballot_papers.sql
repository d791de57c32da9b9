-- +goose Up

-- Who may open a picture asks whether it is of a ballot paper.
CREATE INDEX ballot_sheets_by_media ON ballot_sheets (media_id, ballot, number);

-- +goose Down
DROP INDEX ballot_sheets_by_media;
